"""What `make bench` runs: the figures of docs/performance.md, never a timed test."""
