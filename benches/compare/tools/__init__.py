"""The tools that people use instead of kilter, each in a file of its own."""
