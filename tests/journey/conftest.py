"""The world of these trips."""

from __future__ import annotations

from tests.journey.world import each_edition, plain_world, world_maker

__all__ = ["each_edition", "plain_world", "world_maker"]
