"""Who is visiting, source by source."""
