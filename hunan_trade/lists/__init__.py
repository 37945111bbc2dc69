"""Lists of records whose page, filters, downloads, import and API follow from one declaration."""
