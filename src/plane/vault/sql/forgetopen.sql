select v.id as vault, s.number, s.digest, s.state, s.records, s.tokens, s.files, s.key_destroyed_at_ms as "keyDestroyedAtMs", s.leaf
from vault.subject s join vault.vault v on v.number = s.vault_number where s.state = 'forgetting' and v.state = 'active'
