"""The four files a person edits: schema, data, features, model."""
