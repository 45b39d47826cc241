select revision::text as revision, act::text as act from identity.revision
