-- $1 id
select i.recipient_key, i.recipient, i.signer, i.forgotten, i.ended_at is not null as ended, s.document from vault.import i
left join vault.vault v on v.number = i.vault_number
left join vault.schema s on s.vault_number = v.number and s.version = v.version
where i.id = $1
