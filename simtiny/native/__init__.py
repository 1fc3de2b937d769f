"""Native code that travels as text: records that it shares with Python, and its way into this process."""
