"""File formats: Parquet tables, safetensors models, written atomically and versioned."""
