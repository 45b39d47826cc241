update identity.account
set enforce_context = coalesce($2, enforce_context),
  enforce_signed_tokens = coalesce($3, enforce_signed_tokens),
  single_use = coalesce($4, single_use),
  network_status = coalesce($5, network_status),
  networks = coalesce($6, networks)
where subject_id = $1
