-- SPDX-License-Identifier: MIT
-- Bulk insert, an index, group-by and sort, all in memory.
.bail on
CREATE TABLE sale(id INTEGER PRIMARY KEY, shop TEXT, amount REAL, remark TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO sale SELECT i, 'shop-' || (i * 7919 % 499), i * 0.25,
	'remark ' || hex(i) || ' with a few words to it' FROM n;
CREATE INDEX by_shop ON sale(shop);
SELECT count(*), round(sum(total), 2), max(length(list)) FROM
	(SELECT shop, sum(amount) AS total, group_concat(substr(remark, 8, 4)) AS list
	FROM sale GROUP BY shop);
SELECT count(DISTINCT upper(remark)) FROM sale;
SELECT shop, count(*) FROM sale GROUP BY shop ORDER BY 2 DESC, 1 LIMIT 3;
