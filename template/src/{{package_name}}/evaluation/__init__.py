"""Judge a Bundle: metrics with intervals, slices, gates, report."""
