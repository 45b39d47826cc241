update border.state set handed_through = greatest(handed_through, $1)
