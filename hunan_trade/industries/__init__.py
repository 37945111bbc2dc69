"""Table of the industries of the national classification GB/T 4754-2011, from sections to groups."""
