"""The experiments of scripts/experiment, one module each."""
