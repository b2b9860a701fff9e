"""Fakes at ports, and what several tests stand on."""
