select fact_number from border.state
