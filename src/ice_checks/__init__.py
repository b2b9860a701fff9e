"""Governance checks: publish runs them before a marketplace does."""
