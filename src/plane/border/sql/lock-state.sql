select bundle_serial, acts_through from border.state for update
