"""Watches a project's test run for components that no manifest lists; pytest loads `ice_pytest.plugin` by itself."""
