"""Programs for developers: installation, benchmarks, load test, mutation testing, writing the .docx template."""
