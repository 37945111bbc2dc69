"""Programs for developers, such as installation, benchmarks and the load test."""
