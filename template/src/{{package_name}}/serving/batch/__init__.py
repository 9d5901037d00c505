"""Score whole Parquet files: in chunks, in constant memory, and where it stopped it goes on."""
