"""What tests of rollouts have in common."""

from deployment import DeployCase

OLD = ("web1", "web2", "web3", "web4")


class RolloutCase(DeployCase):
    def new_version(self, count=2):
        """Applications that run, and the pairs that put them in the place of the first ones."""
        new = [self.application(f"new{i + 1}") for i in range(count)]
        return new, [{"out": f"web{i + 1}", "in": each.name, "address": each.address}
                     for i, each in enumerate(new)]

    def done(self, rollout, timeout=40.0):
        seen = self.steward.wait_rollout(rollout["id"], "done", "rolled_back", "failed",
                                         timeout=timeout)
        self.assertEqual(seen["phase"], "done", seen)
        self.assertEqual({each["stage"] for each in seen["steps"]}, {"done"}, seen)
        self.assertTrue(seen["ended"])
        return seen

    def rolled_back(self, rollout, timeout=30.0):
        seen = self.steward.wait_rollout(rollout["id"], "done", "rolled_back", "failed",
                                         timeout=timeout)
        self.assertEqual(seen["phase"], "rolled_back", seen)
        return seen

    def assert_nothing_lost(self, load):
        served, failed = load.stop()
        self.assertEqual(failed, {}, served)
        self.assertGreater(served.total(), 100)
        return served

    def rollout_events(self, rollout):
        return [each for each in self.steward.events_of(rollout["id"])
                if each != "rollout_step"]
