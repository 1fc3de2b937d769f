"""Where a window's cycles and energy go, by call path, function, line, instruction, layer and memory."""
