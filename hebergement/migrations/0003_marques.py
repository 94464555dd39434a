"""Every write marks the nights that it touches, in its own transaction, bulk and raw included."""

from django.db import migrations

MARQUER = """
-- Each statement marks the union of its old and new ranges, merged by site.
CREATE FUNCTION hebergement_marquer_sejours(uuid[], date[], date[], uuid[]) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO hebergement_marquenuits (site_id, du, au, cree_le)
    SELECT site_id, lower(zone), upper(zone), now()
    FROM (
        SELECT site_id, unnest(range_agg(zone)) AS zone
        FROM (
            -- The day of departure counts too: that is where the exit is.
            SELECT p.site_id, daterange(t.arrivee, t.depart + 1) AS zone
            FROM unnest($1, $2, $3, $4) AS t(place, arrivee, depart, suite_de)
            JOIN hebergement_place p ON p.uuid = t.place
            UNION ALL
            -- A transfer turns the exit from the site before into something else.
            SELECT p.site_id, daterange(t.arrivee, t.arrivee + 1)
            FROM unnest($1, $2, $3, $4) AS t(place, arrivee, depart, suite_de)
            JOIN hebergement_sejour s ON s.uuid = t.suite_de
            JOIN hebergement_place p ON p.uuid = s.place_id
            UNION ALL
            -- What follows a stay is a transfer or not according to this stay's site.
            SELECT p.site_id, daterange(t.depart, t.depart + 1)
            FROM unnest($1, $2, $3, $4) AS t(place, arrivee, depart, suite_de)
            JOIN hebergement_sejour avant ON avant.place_id = t.place AND avant.depart = t.depart
            JOIN hebergement_sejour s ON s.suite_de_id = avant.uuid
            JOIN hebergement_place p ON p.uuid = s.place_id
        ) AS zones
        GROUP BY site_id
    ) AS fusion
$$;

CREATE FUNCTION hebergement_sejour_marque() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hebergement_marquer_sejours(
            array_agg(place_id), array_agg(arrivee), array_agg(depart), array_agg(suite_de_id)
        ) FROM nouvelles;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM hebergement_marquer_sejours(
            array_agg(place_id), array_agg(arrivee), array_agg(depart), array_agg(suite_de_id)
        ) FROM anciennes;
    ELSE
        PERFORM hebergement_marquer_sejours(
            array_agg(t.place_id), array_agg(t.arrivee), array_agg(t.depart),
            array_agg(t.suite_de_id)
        )
        FROM anciennes a JOIN nouvelles n USING (uuid)
        CROSS JOIN LATERAL (
            VALUES (a.place_id, a.arrivee, a.depart, a.suite_de_id),
                   (n.place_id, n.arrivee, n.depart, n.suite_de_id)
        ) AS t(place_id, arrivee, depart, suite_de_id)
        WHERE (a.place_id, a.arrivee, a.depart, a.suite_de_id, a.nature)
            IS DISTINCT FROM (n.place_id, n.arrivee, n.depart, n.suite_de_id, n.nature);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sejour_marque_insertion AFTER INSERT ON hebergement_sejour
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_sejour_marque();
CREATE TRIGGER sejour_marque_correction AFTER UPDATE ON hebergement_sejour
    REFERENCING OLD TABLE AS anciennes NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_sejour_marque();
CREATE TRIGGER sejour_marque_suppression AFTER DELETE ON hebergement_sejour
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_sejour_marque();

CREATE FUNCTION hebergement_marquer_zones(uuid[], date[], date[]) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO hebergement_marquenuits (site_id, du, au, cree_le)
    SELECT site_id, lower(zone), upper(zone), now()
    FROM (
        SELECT site AS site_id, unnest(range_agg(daterange(du, au))) AS zone
        FROM unnest($1, $2, $3) AS t(site, du, au) WHERE site IS NOT NULL GROUP BY site
    ) AS fusion
$$;

CREATE FUNCTION hebergement_place_marque() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One day past the closing: someone may leave on that day.
    IF TG_OP = 'INSERT' THEN
        PERFORM hebergement_marquer_zones(
            array_agg(site_id), array_agg(ouverte_le), array_agg(fermee_le + 1)
        ) FROM nouvelles;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM hebergement_marquer_zones(
            array_agg(site_id), array_agg(ouverte_le), array_agg(fermee_le + 1)
        ) FROM anciennes;
    ELSE
        PERFORM hebergement_marquer_zones(
            array_agg(t.site_id), array_agg(t.ouverte_le), array_agg(t.fermee_le + 1)
        )
        FROM anciennes a JOIN nouvelles n USING (uuid)
        CROSS JOIN LATERAL (
            VALUES (a.site_id, a.ouverte_le, a.fermee_le), (n.site_id, n.ouverte_le, n.fermee_le)
        ) AS t(site_id, ouverte_le, fermee_le)
        WHERE (a.site_id, a.ouverte_le, a.fermee_le)
            IS DISTINCT FROM (n.site_id, n.ouverte_le, n.fermee_le);
        -- A place that changes site turns moves into transfers, or back, at the ends of chains.
        PERFORM hebergement_marquer_zones(
            array_agg(p.site_id), array_agg(suite.arrivee), array_agg(suite.arrivee + 1)
        )
        FROM anciennes a JOIN nouvelles n USING (uuid)
        JOIN hebergement_sejour avant ON avant.place_id = n.uuid
        JOIN hebergement_sejour suite ON suite.suite_de_id = avant.uuid
        JOIN hebergement_place p ON p.uuid = suite.place_id
        WHERE a.site_id <> n.site_id;
        PERFORM hebergement_marquer_zones(
            array_agg(p.site_id), array_agg(suite.arrivee), array_agg(suite.arrivee + 1)
        )
        FROM anciennes a JOIN nouvelles n USING (uuid)
        JOIN hebergement_sejour suite ON suite.place_id = n.uuid
        JOIN hebergement_sejour avant ON avant.uuid = suite.suite_de_id
        JOIN hebergement_place p ON p.uuid = avant.place_id
        WHERE a.site_id <> n.site_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER place_marque_insertion AFTER INSERT ON hebergement_place
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_place_marque();
CREATE TRIGGER place_marque_correction AFTER UPDATE ON hebergement_place
    REFERENCING OLD TABLE AS anciennes NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_place_marque();
CREATE TRIGGER place_marque_suppression AFTER DELETE ON hebergement_place
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_place_marque();

CREATE FUNCTION hebergement_fermeture_marque() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hebergement_marquer_zones(
            array_agg(p.site_id), array_agg(n.debut), array_agg(n.fin)
        ) FROM nouvelles n JOIN hebergement_place p ON p.uuid = n.place_id;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM hebergement_marquer_zones(
            array_agg(p.site_id), array_agg(a.debut), array_agg(a.fin)
        ) FROM anciennes a JOIN hebergement_place p ON p.uuid = a.place_id;
    ELSE
        PERFORM hebergement_marquer_zones(
            array_agg(p.site_id), array_agg(t.debut), array_agg(t.fin)
        )
        FROM anciennes a JOIN nouvelles n USING (uuid)
        CROSS JOIN LATERAL (
            VALUES (a.place_id, a.debut, a.fin), (n.place_id, n.debut, n.fin)
        ) AS t(place_id, debut, fin)
        JOIN hebergement_place p ON p.uuid = t.place_id
        WHERE (a.place_id, a.debut, a.fin) IS DISTINCT FROM (n.place_id, n.debut, n.fin);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER fermeture_marque_insertion AFTER INSERT ON hebergement_fermeture
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_fermeture_marque();
CREATE TRIGGER fermeture_marque_correction AFTER UPDATE ON hebergement_fermeture
    REFERENCING OLD TABLE AS anciennes NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_fermeture_marque();
CREATE TRIGGER fermeture_marque_suppression AFTER DELETE ON hebergement_fermeture
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_fermeture_marque();
"""

RETOUR = """
DROP TRIGGER fermeture_marque_suppression ON hebergement_fermeture;
DROP TRIGGER fermeture_marque_correction ON hebergement_fermeture;
DROP TRIGGER fermeture_marque_insertion ON hebergement_fermeture;
DROP FUNCTION hebergement_fermeture_marque();
DROP TRIGGER place_marque_suppression ON hebergement_place;
DROP TRIGGER place_marque_correction ON hebergement_place;
DROP TRIGGER place_marque_insertion ON hebergement_place;
DROP FUNCTION hebergement_place_marque();
DROP FUNCTION hebergement_marquer_zones(uuid[], date[], date[]);
DROP TRIGGER sejour_marque_suppression ON hebergement_sejour;
DROP TRIGGER sejour_marque_correction ON hebergement_sejour;
DROP TRIGGER sejour_marque_insertion ON hebergement_sejour;
DROP FUNCTION hebergement_sejour_marque();
DROP FUNCTION hebergement_marquer_sejours(uuid[], date[], date[], uuid[]);
"""


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0002_refus")]

    operations = [migrations.RunSQL(MARQUER, RETOUR)]
