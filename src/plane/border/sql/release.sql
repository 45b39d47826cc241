select release_mode as mode, released_through as through, fact_number as last from border.state
