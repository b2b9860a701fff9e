"""The engines that walk a plan, behind one small protocol."""
