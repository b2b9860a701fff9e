"""Tests of the formats, the bytes and the trust."""
