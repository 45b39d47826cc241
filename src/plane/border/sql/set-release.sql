update border.state set release_mode = $1, released_through = $2
