"""Serving: releases, deployments and the columnar log of predictions with their feedback."""
