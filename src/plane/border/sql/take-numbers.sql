update border.state set fact_number = fact_number + $1 returning fact_number
