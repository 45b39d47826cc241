select s.document from vault.vault v join vault.schema s on s.vault_number = v.number and s.version = v.version
where v.state = 'active' order by v.number
