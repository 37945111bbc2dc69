"""The portal of 湖南省商务厅: settings, server processes, and the packages that every business app builds on."""
