update access.head set revision = $1, authored = $2
