"""The portal of the Hunan commerce department: settings, server processes and packages below the business apps."""
