update sources.system set mode = $2, gate_role = $3, gate_password = $4, version = version + 1
where id = $1
returning version
