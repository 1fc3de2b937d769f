"""Native code: records that it shares with Python, its libraries for each platform, and how they are loaded."""
