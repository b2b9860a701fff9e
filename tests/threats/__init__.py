"""Attacks on the whole: real bundles in a real home folder, through `load_plugins`, `install`, `run_plan` and `ice`.

Each docstring starts with the row of the threats table that it is about; docs/explanation/threats.md is made from them.
"""
