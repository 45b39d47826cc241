update collector.dbt_project set revision = revision + 1 where target = $1 returning project, revision
