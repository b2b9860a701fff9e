"""Behaviour of the wire models."""
