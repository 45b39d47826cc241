select series, digest from collector.told_series where series = any($1)
