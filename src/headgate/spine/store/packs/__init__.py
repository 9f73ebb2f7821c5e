"""Packs: many small files in few blobs, found by their digests."""
