"""What a component author imports: `tool`, `agent`, `workflow`."""
