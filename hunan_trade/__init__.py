"""Settings, server processes and shared packages of the Hunan commerce department's portal."""
