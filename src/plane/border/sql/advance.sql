update border.state set bundle_serial = $1, acts_through = $2
