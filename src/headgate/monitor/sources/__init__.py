"""What one source says otherwise than the others: its terms, formats, units and gaps."""
