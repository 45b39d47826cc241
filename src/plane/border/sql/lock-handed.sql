select handed_through from border.state for update
