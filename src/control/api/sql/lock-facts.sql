select facts_through::text as facts_through from identity.plane where name = $1 for update
