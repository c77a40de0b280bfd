"""The whole system on one machine without containers; `system` and `started` run it for tests."""

from deploy.embedded.running import System, plan_for, started, system

__all__ = ["System", "plan_for", "started", "system"]
