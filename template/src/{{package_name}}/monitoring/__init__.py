"""What the service says about itself: metrics, and a log of every prediction."""
