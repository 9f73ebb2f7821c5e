"""Looks at one record at a time by a contract: what a gateway asks before it answers."""

from headgate.contract.validating.validator import Breach, Validator, validator

__all__ = ["Breach", "Validator", "validator"]
