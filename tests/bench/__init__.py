"""How fast the back office is beside stock Django, in ratios; see docs/benchmarks.md."""
