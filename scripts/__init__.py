"""Contains programs for developers: installation, benchmarks, load test, mutation testing, .docx template."""
