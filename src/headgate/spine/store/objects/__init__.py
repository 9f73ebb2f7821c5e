"""Where blobs lie: a local folder, or a bucket with a cache before it."""
